% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! coin(bent): 0.393203883495145
%! coin(fair): 0.606796116504855
% Which of two coins was thrown three times?
0.5::coin(fair); 0.5::coin(bent).
0.5::heads(N) :- throw(N), coin(fair).
0.9::heads(N) :- throw(N), coin(bent).
throw(1). throw(2). throw(3).
evidence(heads(1)). evidence(heads(2)). evidence(heads(3), false).
query(coin(_)).
