% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(8,15,6,-6): 1
%! q(32,9): 1
p(A, B, C, D) :- A is 12 /\ 10, B is 12 \/ 3, C is 12 xor 10, D is \ 5.
q(A, B) :- A is 1 << 5, B is 37 >> 2.
query(p(_, _, _, _)). query(q(_, _)).
