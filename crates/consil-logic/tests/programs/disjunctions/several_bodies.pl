% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! high: 0.52
%! low: 0.48
0.2::low; 0.8::high :- pressure.
0.6::low; 0.4::high :- \+pressure.
0.3::pressure.
query(low). query(high).
