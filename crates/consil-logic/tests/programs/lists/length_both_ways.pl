% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! blank(2,[x, x]): 0.4
%! blank(3,[x, x, x]): 0.6
%! size(3): 1
0.4::n(2). 0.6::n(3).
blank(N, L) :- n(N), length(L, N), fill(L).
fill([]). fill([x | T]) :- fill(T).
size(N) :- length([a, b, c], N).
query(blank(_, _)). query(size(_)).
