% A failure of 1e-10 is rare and not impossible: given that it happened, f has its own probability.
0.9999999999::ok.
evidence(\+ok).
0.5::f :- \+ok.
query(f).
%! f: 0.5
