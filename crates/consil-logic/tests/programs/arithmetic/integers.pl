% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(3,-4,-2,2): 1
%! q(1024,0.25): 1
p(A, B, C, D) :- A is 7 // 2, B is (0 - 7) // 2, C is 7 mod (0 - 3), D is (0 - 7) rem 3.
q(A, B) :- A is 2 ** 10, B is 2 ** (0 - 2).
query(p(_, _, _, _)). query(q(_, _)).
