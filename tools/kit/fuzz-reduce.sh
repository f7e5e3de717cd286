# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# make fuzz-reduce SEED= CASE=: a case of the fuzzer in which C and Rust differ, made
# small, and a program that shows it; see reduce.sh.

# shellcheck source=/dev/null
. "$KIT/reduce.sh"

[[ ${SEED:-} =~ ^[0-9]+$ && ${CASE:-} =~ ^[0-9]+$ ]] || die "SEED= and CASE= name a case of the fuzzer"
setup_all
kernel_build "$VARIANT" c
kernel_build "$VARIANT" rust
initramfs_build fuzz
reduce_case
