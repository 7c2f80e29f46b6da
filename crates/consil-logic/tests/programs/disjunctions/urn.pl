% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! win: 0.6
0.3::red; 0.7::blue.
0.9::win :- red.
0.2::win :- blue.
0.5::win.
query(win).
evidence(red, false).
