# SPDX-License-Identifier: GPL-2.0
# What is of x86-64 alone: the 32-bit entry and x32, the calls for probes.
ARCH_PROGRAMS := compat uprobe_calls
