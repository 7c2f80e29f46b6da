%! p(12): 1
%! q(2.5): 1
p(X) :- atom_number('12', X).
q(X) :- atom_number('2.5', X).
query(p(_)). query(q(_)).
