# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# make coverage [COUNT=n]: which instructions of kernel/seccomp/ the unit tests run, which
# the suites, and which the fuzzer, with a hundredth of its cases, with a tenth, and with
# all. QEMU writes down what it translates, which it does before it first runs it; the
# image is the one that is tested everywhere else. Evidence in build/results/coverage/.

COVERAGE=$RESULTS/coverage
# The fuzzer's jobs are made there.
AB=$BUILD/${FLAVOUR}coverage

COVERAGE_CASES=${COUNT:-1000}

# All seeds go through one boot; a case takes some tens of milliseconds.
BOOT_LIMIT=$((BOOT_LIMIT + COVERAGE_CASES * $(wc -w <<<"$SEEDS") / 4))

# coverage_symbols: the functions that the implementation's objects define, without unit
# tests, and what formats the words of these.
coverage_symbols()
{
	find "$(kernel_out "$VARIANT" rust)/kernel/seccomp" -name '*.o' |
		while IFS= read -r object; do
			paste -d' ' <("$NM" --defined-only "$object" | cut -d' ' -f2,3) \
				<("$NM" --defined-only -C "$object" | cut -d' ' -f3-)
		done | awk '$1 ~ /^[tT]$/ && !/::(tests|testing)::|kunit|::fmt/ { print $2 }' | sort -u
}

# coverage_code: their instructions in the image, in lines "ADDRESS FUNCTION".
coverage_code()
{
	local vmlinux

	vmlinux=$(kernel_dir "$VARIANT" rust)/vmlinux
	"${NM/nm/objdump}" -d --no-show-raw-insn --no-leading-headers \
		--disassemble-symbols="$(coverage_symbols | paste -sd,)" "$vmlinux" |
		"${NM/nm/cxxfilt}" | awk '
			/^[0-9a-f]+ <.*>:$/ {
				sub(/^[0-9a-f]+ </, "")
				sub(/>:$/, "")
				name = $0
				next
			}
			# What only fills the space between functions is no code.
			/^[0-9a-f]+:/ && $2 != "int3" { sub(/:$/, "", $1); print $1, name }'
}

# coverage_ranges: where these are, in the form that QEMU wants to have.
coverage_ranges()
{
	cut -d' ' -f1 "$AB/code" | sort -u | perl -ne '
		chomp;
		my $low = hex(substr($_, 8));
		push @ranges, [substr($_, 0, 8), $low, $low]
			unless @ranges && $low - $ranges[-1][2] < 4096;
		$ranges[-1][2] = $low + 15;
		END { print join(",", map { sprintf "0x%s%08x..0x%s%08x", $_->[0], $_->[1], $_->[0], $_->[2] } @ranges) }'
}

# coverage_boot NAME: does AB/NAME.job and leaves the addresses in AB/NAME.run, and what went
# wrong in AB/NAME.verdict.
coverage_boot()
{
	local name=$1 to=$AB/$1 append='' BOOT_JOB=$AB/$1.job

	[ "$name" != kunit ] ||
		append="kunit.enable=1 kunit.autorun=1 kunit.filter_glob=seccomp_*"
	initramfs_with "$BOOT_JOB" "$to.cpio"
	boot "coverage-$name" exact 1 "$(kernel_dir "$VARIANT" rust)/$IMAGE" "$to.cpio" "$append" \
		-d in_asm -dfilter "$COVERAGE_RANGES" -D "$to.trace"
	rm -f "$to.cpio"
	sed -n 's/^0x\([0-9a-f]*\): .*/\1/p' "$to.trace" | sort -u >"$to.run"
	rm -f "$to.trace"
	[ "$BOOT_VERDICT" = ok ] || say "$name: $BOOT_VERDICT" >"$to.verdict"
	touch "$to.done"
}

# coverage_cases CASES: the job in which the fuzzer goes through so many of each seed.
coverage_cases()
{
	FUZZ_COUNT=$1
	FUZZ_BOOT_CASES=1000000000
	fuzz_jobs "fuzz-$1"
	mv "${FUZZ_JOBS[0]}" "$AB/fuzz-$1.job"
}

# coverage_table NAME...: for each function and all of them, how many instructions there
# are, how many of them no run has got to, and what share each has; the function with most
# of the former comes first.
coverage_table()
{
	(cd "$AB" && awk -v names="$*" '
		FILENAME != "code" { seen[FILENAME, $1]; next }
		{
			address = $1
			sub(/^[^ ]* /, "")
			if (!($0 in all))
				order[++functions] = $0
			all[$0]++
			total++
			n = split(names, run, " ")
			hit = 0
			for (i = 1; i <= n; i++)
				if ((run[i] ".run", address) in seen) {
					hit = 1
					reached[$0, i]++
					sum[i]++
				}
			never[$0] += !hit
			none += !hit
		}
		END {
			if (!total)
				exit 1
			printf "%-12s %12s", "instructions", "by no run"
			for (i = 1; i <= n; i++)
				printf " %11s", run[i]
			printf "  function\n%-12d %12d", total, none
			for (i = 1; i <= n; i++)
				printf " %10.1f%%", 100 * sum[i] / total
			print "  all"
			fflush()
			for (f = 1; f <= functions; f++) {
				name = order[f]
				line = sprintf("%-12d %12d", all[name], never[name])
				for (i = 1; i <= n; i++)
					line = line sprintf(" %10.1f%%", 100 * reached[name, i] / all[name])
				print line "  " name | "sort -s -k2,2nr -k1,1nr"
			}
		}' "${@/%/.run}" code)
}

coverage_progress()
{
	local ended

	ended=$(find "$AB" -name '*.done' | wc -l)
	progress_draw "  coverage: $ended of ${#runs[@]} boots, $(elapsed $((SECONDS - start)))"
}

setup_all
kernel_build "$VARIANT" rust
# shellcheck disable=SC2086 # a list of words
initramfs_build $ARCH_SUITES fuzz
rm -rf "$AB"
mkdir -p "$AB" "$COVERAGE"
coverage_code >"$AB/code"
[ -s "$AB/code" ] || die "there are no functions of kernel/seccomp in the image"
COVERAGE_RANGES=$(coverage_ranges)
# shellcheck disable=SC2086
suite_job exact $ARCH_SUITES >"$AB/suites.job"
job_end >"$AB/kunit.job"
runs=(kunit suites)
for part in 100 10 1; do
	cases=$((COVERAGE_CASES / part))
	[ "$cases" -gt 0 ] || continue
	coverage_cases "$cases"
	runs+=("fuzz-$cases")
done
start=$SECONDS
PROGRESS_SHOWN=$SECONDS
for ((at = ${#runs[@]} - 1; at >= 0; at--)); do
	beside_wait $((JOBS - 1)) coverage_progress
	beside coverage_boot "${runs[at]}"
done
beside_all coverage_progress
for run in "${runs[@]}"; do
	[ -e "$AB/$run.done" ] || die "the boot $run broke off"
done
rm -f "$COVERAGE"/*
coverage_table "${runs[@]}" >"$COVERAGE/table"
cp "$AB"/*.run "$AB/code" "$COVERAGE/"
sed -n 1,12p "$COVERAGE/table"
say "  ... all functions: $COVERAGE/table"
if cat "$AB"/*.verdict 2>/dev/null; then exit 1; fi
