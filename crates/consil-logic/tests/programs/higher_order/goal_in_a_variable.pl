% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! none(cold): 0.4
%! none(hot): 0.7
%! some(cold): 0.6
%! some(hot): 0.3
0.3::hot. 0.6::cold.
goal(hot). goal(cold).
some(G) :- goal(G), G.
none(G) :- goal(G), \+G.
query(some(_)). query(none(_)).
