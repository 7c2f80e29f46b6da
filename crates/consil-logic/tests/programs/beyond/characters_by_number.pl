% `\x…\` in a quoted atom, as in ISO 13211-1 (6.4.2.1); ProbLog takes the backslash for an escaped quote.
%! p('A', 'aAb', "A"): 1
p('\x41\', 'a\x41\b', "\x41\").
query(p(_, _, _)).
