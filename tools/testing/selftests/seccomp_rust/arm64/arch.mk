# SPDX-License-Identifier: GPL-2.0
# What is of arm64 alone: 32-bit calls, which take a 32-bit program. Where CC32 is
# no compiler the tests of them are skipped. Nobody runs it by itself.
ARCH_PROGRAMS := compat

CC32 ?= arm-linux-gnueabihf-gcc
PROG32 := $(OUTPUT)/prog32.bin

ifneq ($(shell command -v $(CC32) 2>/dev/null),)
LOCAL_HDRS += $(PROG32)
CFLAGS += -DPROG32='"$(abspath $(PROG32))"'
EXTRA_CLEAN += $(PROG32)
endif

$(PROG32): arm64/prog32.c
	@mkdir -p $(@D)
	$(CC32) -O2 -Wall -Wextra -Wno-unused-parameter -ffreestanding -fno-stack-protector \
		-fno-pie -no-pie -static -nostdlib -o $@ $<
	chmod a-x $@
