% 0.0 and -0.0 are equal numbers and different terms, as in ISO 13211-1; Python, and so ProbLog, takes them for one.
%! z(0.0): 1
%! z(-0.0): 1
%! equal: 1
z(0.0). z(-0.0).
equal :- 0.0 =:= -0.0.
query(z(_)). query(equal).
