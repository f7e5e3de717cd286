# SPDX-License-Identifier: GPL-2.0
# What a person types. Every target is one command of tools/kit/kit, which
# reads the variables below from its environment.

KIT := tools/kit/kit

# A command for the guest may hold a dollar sign: hand it over unexpanded.
override CMD := $(value CMD)
export CMD

TARGETS := run test test-debug test-full ab fuzz fuzz-reduce stress mutants coverage \
	bench bench-check bench-accept bench-profile \
	shell kernel apply unapply patches check setup clean distclean

.PHONY: help $(TARGETS)
help:
	@$(KIT) help

$(TARGETS):
	@$(KIT) $@
