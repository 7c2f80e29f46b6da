% The least and the greatest in the standard order: numbers, strings, atoms, compounds.
%! i(3): 1
%! a(f(x)): 1
a(X) :- max_member([b, 3, f(x), a], X).
i(X) :- min_member([b, 3, f(x), a], X).
query(a(_)). query(i(_)).
