% A goal that looks at a variable waits for its value; ProbLog refuses an `is` whose right side has none.
%! wet(2): 0.6
%! wet(6): 1
%! unlike(2): 1
%! unlike(6): 1
%! free: 0
%! neither: 1
wet(N) :- N is M + 1, level(M), \+ dry(N).
level(1). level(5). level(2).
0.4::rain.
dry(2) :- rain.
dry(3).
unlike(X) :- X is M + 1, X \== 3, level(M).
free :- X is M + 1, level(M), var(X).
0.5::a. 0.5::b.
c(X) :- X = 1, a.
c(X) :- X = 2, b.
neither :- X is Y + 1, level(Y), \+ c(X).
query(wet(_)). query(unlike(_)). query(free). query(neither).
