% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(1,3.0): 1
%! p(2,-4.0): 1
%! p(3,1.5): 1
%! p(4,0.5): 1
%! p(5,-0.5): 1
%! p(6,2.0): 1
%! p(7,3.0): 1
p(1, X) :- X is 7.0 // 2.
p(2, X) :- X is -7.5 // 2.
p(3, X) :- X is 7.5 mod 2.
p(4, X) :- X is -7.5 mod 2.
p(5, X) :- X is 7.5 mod -2.
p(6, X) :- X is 7 rem 2.5.
p(7, X) :- X is 7.5 div 2.
query(p(_, _)).
