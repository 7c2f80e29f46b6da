% Either side of the loop is decided unless both coins fail; then nothing is, but that is observed not to be.
%! p: 0.4285714285714286
%! q: 0.5714285714285714
0.3::a; 0.4::b; 0.3::neither.
p :- a. q :- b.
p :- \+q, neither. q :- \+p, neither.
evidence(neither, false).
query(p). query(q).
