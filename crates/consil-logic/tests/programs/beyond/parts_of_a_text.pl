% ISO 8.16.3, from its own examples: sub_atom(abracadabra, 0, 5, _, S) and so on.
first(S) :- sub_atom(abracadabra, 0, 5, _, S).
last(S) :- sub_atom(abracadabra, _, 5, 0, S).
middle(L, S) :- sub_atom(abracadabra, 3, L, 3, S).
places(B) :- sub_atom(abracadabra, B, 2, _, ab).
two(S) :- sub_string("Banana", 3, 2, _, S).
all(N) :- findall(X, sub_atom(charity, _, 3, _, X), L), length(L, N).
never :- sub_atom(ab, _, _, _, abc).
query(first(_)). query(last(_)). query(middle(_, _)). query(places(_)). query(two(_)). query(all(_)). query(never).
%! first(abrac): 1
%! last(dabra): 1
%! middle(5, acada): 1
%! places(0): 1
%! places(7): 1
%! two(an): 1
%! all(5): 1
