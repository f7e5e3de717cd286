# SPDX-License-Identifier: GPL-2.0
# One document of what bench has printed on both images: $c and $rust are runs,
# in pairs. $goals is bench.goals.

def median: sort | .[length / 2 | floor];
def sane: if . == null or isinfinite or isnan then null else . * 10000 | round / 10000 end;
def ratio($a; $b): if $a == null or $b == null or $b == 0 then null else $a / $b | sane end;

# The results of a run by name.
def named: map(select(.case)) | map({ key: "\(.case)/\(.size)", value: . }) | from_entries;

# What a result costs beyond its floor, which is the same or another case at size 0.
def over($run): if .floor == null or .value == null or (.size == 0 and .floor == .case) then null
	else .value - ($run["\(.floor)/0"].value // null) end? // null;

# Goals: CASE SIZES KIND LIMIT [BASE]
def goal_list:
	$goals | split("\n") | map(select(test("^[a-z]"))) | map([splits("[ \t]+")]) |
	map({
		case: .[0], sizes: (.[1] | split(",")), kind: .[2], limit: (.[3] | tonumber),
		base: .[4]
	});

($c | map(named)) as $cs | ($rust | map(named)) as $rs |
# In the order in which they were measured.
([$c[0], $rust[0]] | add | map(select(.case) | "\(.case)/\(.size)") |
	reduce .[] as $key ([]; if index([$key]) then . else . + [$key] end)) as $keys |

($keys | map(. as $key |
	[range($cs | length)] | map({
		c: $cs[.][$key], rust: $rs[.][$key],
		c_over: ($cs[.] as $run | $cs[.][$key] | if . then over($run) else null end),
		rust_over: ($rs[.] as $run | $rs[.][$key] | if . then over($run) else null end)
	}) as $pairs |
	($pairs[0].c // $pairs[0].rust) as $any |
	{ case: $any.case, size: $any.size } +
	if $any.skipped or $any.failed then { skipped: ($any.skipped // $any.failed) }
	else
		($pairs | map(ratio(.rust.value; .c.value))) as $ratios |
		($pairs | map(ratio(.rust_over; .c_over))) as $ratios_over |
		{
			unit: $any.unit,
			c: ($pairs | map(.c.value) | median),
			rust: ($pairs | map(.rust.value) | median),
			ratio: ($ratios | median),
			floor: $any.floor,
			c_over: ($pairs | map(.c_over) | median),
			rust_over: ($pairs | map(.rust_over) | median),
			ratio_over: ($ratios_over | median)
		} + if ($pairs | length) > 1 then { spread: [($ratios | min), ($ratios | max)] } else {} end
	end
) + [{
	case: "text", size: 0, unit: "bytes", c: $text.c, rust: $text.rust,
	ratio: ratio($text.rust; $text.c), floor: null, c_over: null, rust_over: null,
	ratio_over: null
}]) as $results |

($results | named) as $all |
{
	mode: $mode, variant: $variant, tools: ($tools | rtrimstr("\n")),
	clock: $rust[0][0].clock, release: $rust[0][0].release, cpus: $rust[0][0].cpus,
	jit: $rust[0][0].jit, fifo: $rust[0][0].fifo, runs: ($rs | length),
	results: ($results | map(. as $r | . + { goals: [
		goal_list[] | select($mode == "exact" and .case == $r.case and ($r.skipped | not)) |
		select(.sizes[0] == "*" or (.sizes | index($r.size | tostring))) |
		. as $goal | $all["\($r.case)/\($goal.base // 0)"] as $base |
		if .kind == "ratio" then { words: "\(.limit) x C", met: ($r.rust <= .limit * $r.c) }
		elif .kind == "over" then {
			words: "\(.limit) x C over the floor",
			met: ($r.c_over != null and $r.rust_over <= .limit * $r.c_over)
		} elif .kind == "own" then {
			words: "\(.limit) x its own at \(.base)",
			met: ($base.rust != null and $r.rust <= .limit * $base.rust)
		} elif .kind == "linear" then {
			words: "linear from \(.base) within \(.limit)",
			met: ($base.rust != null and
				$r.rust / $r.size <= .limit * $base.rust / $base.size)
		} elif .kind == "plus" then { words: "C + \(.limit)", met: ($r.rust <= $r.c + .limit) }
		elif .kind == "most" then { words: "at most \(.limit)", met: ($r.rust <= .limit) }
		else error("bench.goals: no kind \(.kind)") end
	] }))
}
