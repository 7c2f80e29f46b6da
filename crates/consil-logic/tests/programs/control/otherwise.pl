% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! day(work): 0.3
%! p: 0.3
%! q: 1
:- use_module(library(control)).
0.3::work. rest.
day(work) :- on_fail(work, rest), work.
p :- on_fail(work, fail).
q :- on_fail(work, rest).
query(day(_)). query(p). query(q).
