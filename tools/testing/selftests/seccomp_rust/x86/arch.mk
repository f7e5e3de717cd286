# SPDX-License-Identifier: GPL-2.0
# What is of x86-64 alone: the 32-bit entry and x32, the calls for probes, and
# speculation that seccomp has mitigated.
ARCH_PROGRAMS := compat uprobe_calls speculation faults_compat
