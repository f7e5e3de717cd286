# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The tests faults_*, which have each step of a call fail. They run in the debug
# variant alone, as what that takes costs at each allocation.

# Of the programs of a suite, those that this variant can run.
faults_where_possible() { if [ "$VARIANT" = debug ]; then cat; else grep -v '^faults_'; fi; }
