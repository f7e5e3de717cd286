#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
# bench-profile.pl TRACE KERNEL-SYMBOLS PROGRAM-SYMBOLS: which functions the
# instructions of one round are in. TRACE is QEMU's log of blocks that are one
# instruction long; a round begins where the benchmark enters cost_of().
use strict;
use warnings;

my ($trace, $kernel, $program) = @ARGV;

# What nm prints, sorted. The lower half of an address is enough: the kernel is
# in the uppermost 2 GiB, the program in the lowest.
sub load_symbols {
	my ($file) = @_;
	my @symbols;

	open(my $in, '<', $file) or die "$file: $!\n";
	while (<$in>) {
		my ($address, $type, $name) = split(" ", $_, 3);

		next unless defined $name && $type =~ /^[tTwW]$/ && $address =~ /^(f{8}|0{8})/;
		chomp $name;
		push @symbols, [hex(substr($address, 8)), $name];
	}
	return [sort { $a->[0] <=> $b->[0] } @symbols];
}

my $in_kernel = load_symbols($kernel);
my $in_program = load_symbols($program);
my ($begin) = map { $_->[0] } grep { $_->[1] eq 'cost_of' } @$in_program;
die "$program has no cost_of()\n" unless defined $begin;

sub find_symbol {
	my ($symbols, $address) = @_;
	my ($low, $high) = (0, $#$symbols);

	while ($low < $high) {
		my $middle = int(($low + $high + 1) / 2);

		if ($symbols->[$middle][0] <= $address) {
			$low = $middle;
		} else {
			$high = $middle - 1;
		}
	}
	return $symbols->[$low][1];
}

my %known;

sub function_of {
	my ($pc) = @_;
	my $low = hex(substr($pc, 8));

	return $known{$pc} //= $pc =~ /^0{8}/ ? "(program) " . find_symbol($in_program, $low) :
		$pc =~ /^f{8}[89]/ ? find_symbol($in_kernel, $low) :
		$pc =~ /^f{8}/ ? "(compiled filters)" :
		$pc =~ /^ffff/ ? "(entry)" : "(program) elsewhere";
}

my (@rounds, $round);
open(my $in, '<', $trace) or die "$trace: $!\n";
while (<$in>) {
	next unless m{^Trace \d+: \S+ \[[0-9a-f]+/([0-9a-f]{16})/};
	my $pc = $1;
	if ($pc =~ /^0{8}/ && hex(substr($pc, 8)) == $begin) {
		push @rounds, $round if $round;
		$round = { length => 0, in => {} };
	}
	next unless $round;
	$round->{length}++;
	$round->{in}{function_of($pc)}++;
}
die "there is no whole round in $trace\n" unless @rounds;

@rounds = sort { $a->{length} <=> $b->{length} } @rounds;
my $median = $rounds[$#rounds / 2];
my $within = $median->{in};
printf "%d rounds of %d to %d instructions; the median:\n", scalar @rounds,
	$rounds[0]{length}, $rounds[-1]{length};
printf "%8d  %s\n", $within->{$_}, $_
	for sort { $within->{$b} <=> $within->{$a} || $a cmp $b } keys %$within;
