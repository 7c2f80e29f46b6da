% A decision has no probability of its own.
?::take.
0.4::win.
gain :- take, win.
query(win).
%! win: 0.4
