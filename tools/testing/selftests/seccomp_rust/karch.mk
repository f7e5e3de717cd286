# SPDX-License-Identifier: GPL-2.0
# KARCH: the kernel's name of the architecture that is compiled for, and of the
# directory beside this file that knows it. With another compiler than the
# machine's, ARCH= says which one it is.

ARCH ?= $(shell uname -m)
KARCH := $(patsubst x86_64,x86,$(patsubst aarch64,arm64,$(ARCH)))
ifeq ($(wildcard $(dir $(lastword $(MAKEFILE_LIST)))$(KARCH)/arch.h),)
$(error There is nothing about the architecture $(ARCH) in this directory yet)
endif
