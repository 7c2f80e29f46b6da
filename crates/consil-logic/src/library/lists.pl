% Lists.
append([], L, L).
append([X | A], B, [X | C]) :- append(A, B, C).
append(Lists, Joined) :- '$joined'(Lists, Joined).
'$joined'([], []).
'$joined'([L | Ls], Joined) :- '$joined'(Ls, Rest), append(L, Rest, Joined).
prefix(P, L) :- append(P, _, L).
member(X, [X | _]).
member(X, [_ | L]) :- member(X, L).
memberchk(X, [Y | L]) :- ( X = Y -> true ; memberchk(X, L) ).
select(X, [X | L], L).
select(X, [Y | L], [Y | R]) :- select(X, L, R).
selectchk(X, [Y | L], R) :- ( X = Y -> R = L ; R = [Y | S], selectchk(X, L, S) ).
select(X, [X | L], Y, [Y | L]).
select(X, [Z | L], Y, [Z | R]) :- select(X, L, Y, R).
selectchk(X, [A | L], Y, [B | R]) :- ( (A = X, B = Y) -> L = R ; A = B, selectchk(X, L, Y, R) ).
subtract([], _, []).
subtract([X | L], D, R) :- ( memberchk(X, D) -> R = S ; R = [X | S] ), subtract(L, D, S).
delete([], _, []).
delete([X | L], E, R) :- ( X = E -> R = S ; R = [X | S] ), delete(L, E, S).
nextto(X, Y, [X, Y | _]).
nextto(X, Y, [_ | L]) :- nextto(X, Y, L).
nth0(I, L, X) :- nth0(I, L, X, _).
nth1(I, L, X) :- nth1(I, L, X, _).
nth0(I, L, X, R) :- '$nth'(L, 0, I, X, R).
nth1(I, L, X, R) :- '$nth'(L, 1, I, X, R).
'$nth'([X | L], N, N, X, L).
'$nth'([Y | L], N, I, X, [Y | R]) :- M is N + 1, '$nth'(L, M, I, X, R).
last([X], X).
last([_, Y | L], X) :- last([Y | L], X).
proper_length(L, N) :- is_list(L), length(L, N).
same_length(A, B) :- length(A, N), length(B, N).
reverse(L, R) :- '$reverse'(L, [], R).
'$reverse'([], R, R).
'$reverse'([X | L], A, R) :- '$reverse'(L, [X | A], R).
permutation([], []).
permutation(L, [X | P]) :- select(X, L, R), permutation(R, P).
is_set(L) :- sort(L, S), same_length(L, S).
intersection([], _, []).
intersection([X | A], B, R) :- ( memberchk(X, B) -> R = [X | S] ; R = S ), intersection(A, B, S).
union([], B, B).
union([X | A], B, R) :- ( memberchk(X, B) -> R = S ; R = [X | S] ), union(A, B, S).
subset([], _).
subset([X | A], B) :- memberchk(X, B), subset(A, B).

% Drawing from a list: element by element, each with what is left of the probability. The last one is sure.
select_uniform(Id, Values, X, Rest) :-
    length(Values, N), N > 0, W is 1 / N, '$repeat'(N, W, Weights),
    select_weighted(Id, Weights, Values, X, Rest).
select_weighted(Id, Weights, Values, X, Rest) :-
    sum_list(Weights, Total), Total > 0, '$draw'(Id, Total, Weights, Values, X, Rest).
select_weighted(Id, Pairs, X, Rest) :-
    '$weights'(Pairs, Weights, Values), select_weighted(Id, Weights, Values, X, Rest).
sample_uniform1(Id, Values, X) :- select_uniform(Id, Values, X, _).
'$repeat'(0, _, []).
'$repeat'(N, X, [X | L]) :- N > 0, M is N - 1, '$repeat'(M, X, L).
'$weights'([], [], []).
'$weights'([(W, V) | Ps], [W | Ws], [V | Vs]) :- '$weights'(Ps, Ws, Vs).
'$draw'(_, _, [_], [X], X, []).
'$draw'(Id, Total, [W | Ws], [V, U | Vs], X, Rest) :-
    P is W / Total,
    ( '$drawn'(Id, P, [V, U | Vs]) -> X = V, Rest = [U | Vs]
    ; Left is Total - W, Rest = [V | Others], '$draw'(Id, Left, Ws, [U | Vs], X, Others) ).
P :: '$drawn'(_, P, _).

% Higher-order predicates.
maplist(_, []).
maplist(G, [A | As]) :- call(G, A), maplist(G, As).
maplist(_, [], []).
maplist(G, [A | As], [B | Bs]) :- call(G, A, B), maplist(G, As, Bs).
maplist(_, [], [], []).
maplist(G, [A | As], [B | Bs], [C | Cs]) :- call(G, A, B, C), maplist(G, As, Bs, Cs).
maplist(_, [], [], [], []).
maplist(G, [A | As], [B | Bs], [C | Cs], [D | Ds]) :- call(G, A, B, C, D), maplist(G, As, Bs, Cs, Ds).
call_nc(G) :- call(G).
call_nc(G, A) :- call(G, A).
call_nc(G, A, B) :- call(G, A, B).
call_nc(G, A, B, C) :- call(G, A, B, C).
call_nc(G, A, B, C, D) :- call(G, A, B, C, D).
convlist(_, [], []).
convlist(G, [A | As], Bs) :- call(G, A, B), Bs = [B | Cs], convlist(G, As, Cs).
convlist(G, [A | As], Bs) :- \+ call(G, A, _), convlist(G, As, Bs).
foldl(_, [], S, S).
foldl(G, [A | As], S, T) :- call(G, A, S, R), foldl(G, As, R, T).
foldl(_, [], [], S, S).
foldl(G, [A | As], [B | Bs], S, T) :- call(G, A, B, S, R), foldl(G, As, Bs, R, T).
foldl(_, [], [], [], S, S).
foldl(G, [A | As], [B | Bs], [C | Cs], S, T) :- call(G, A, B, C, S, R), foldl(G, As, Bs, Cs, R, T).
foldl(_, [], [], [], [], S, S).
foldl(G, [A | As], [B | Bs], [C | Cs], [D | Ds], S, T) :- call(G, A, B, C, D, S, R), foldl(G, As, Bs, Cs, Ds, R, T).
foldl_noinit(_, [], []).
foldl_noinit(G, [A | As], T) :- foldl(G, As, A, T).
scanl(_, [], _, []).
scanl(G, [A | As], S, [R | Rs]) :- call(G, A, S, R), scanl(G, As, R, Rs).
scanl(_, [], [], _, []).
scanl(G, [A | As], [B | Bs], S, [R | Rs]) :- call(G, A, B, S, R), scanl(G, As, Bs, R, Rs).
scanl(_, [], [], [], _, []).
scanl(G, [A | As], [B | Bs], [C | Cs], S, [R | Rs]) :- call(G, A, B, C, S, R), scanl(G, As, Bs, Cs, R, Rs).
scanl(_, [], [], [], [], _, []).
scanl(G, [A | As], [B | Bs], [C | Cs], [D | Ds], S, [R | Rs]) :-
    call(G, A, B, C, D, S, R), scanl(G, As, Bs, Cs, Ds, R, Rs).
include(_, [], []).
include(G, [A | As], [A | Bs]) :- call(G, A), include(G, As, Bs).
include(G, [A | As], Bs) :- \+ call(G, A), include(G, As, Bs).
exclude(_, [], []).
exclude(G, [A | As], Bs) :- call(G, A), exclude(G, As, Bs).
exclude(G, [A | As], [A | Bs]) :- \+ call(G, A), exclude(G, As, Bs).
partition(_, [], [], []).
partition(G, [A | As], [A | Is], Os) :- call(G, A), partition(G, As, Is, Os).
partition(G, [A | As], Is, [A | Os]) :- \+ call(G, A), partition(G, As, Is, Os).
partition(_, [], [], [], []).
partition(G, [A | As], Ls, Es, Gs) :- call(G, A, O), '$partition'(O, G, A, As, Ls, Es, Gs).
'$partition'(<, G, A, As, [A | Ls], Es, Gs) :- partition(G, As, Ls, Es, Gs).
'$partition'(=, G, A, As, Ls, [A | Es], Gs) :- partition(G, As, Ls, Es, Gs).
'$partition'(>, G, A, As, Ls, Es, [A | Gs]) :- partition(G, As, Ls, Es, Gs).

% Aggregates of a list; `aggregate/5` itself is built in for these and comes here for any other.
sum(L, S) :- sum_list(L, S).
min(L, M) :- min_list(L, M).
max(L, M) :- max_list(L, M).
count(L, N) :- length(L, N).
avg(L, A) :- sum_list(L, S), length(L, N), N > 0, A is S / N.
'$aggregate'(F, Value, Group, Goal, (Group, Result)) :-
    all([Group, Value, Goal], Goal, Found), '$columns'(Found, Groups, Values),
    enum_groups(Groups, Values, Group, Of), call(F, Of, Result).
'$columns'([], [], []).
'$columns'([[G, V, _] | R], [G | Gs], [V | Vs]) :- '$columns'(R, Gs, Vs).
collectgroup(Goal, Value, Group, Values) :-
    all_or_none((Group, Value), Goal, Pairs), enum_groups(Pairs, Group, Values).
'=>'(Goal, Group / Collector) :-
    Collector =.. [Name | Args], concat([collect_, Name], Collect), Call =.. [Collect, Goal, Group | Args], call(Call).
'=>'(Goal, Collector) :-
    Collector \= _ / _,
    Collector =.. [Name | Args], concat([collect_, Name], Collect), Call =.. [Collect, Goal, none | Args], call(Call).
collect_list(Goal, Value, Values) :- collect_list(Goal, none, Value, Values).
collect_list(Goal, Group, Value, Values) :- collectgroup(Goal, Value, Group, Values).

% The first of several rules that applies, in the order of their first arguments.
cut(Goal) :- cut(Goal, _).
cut(Goal, Id) :- callable(Goal), \+ is_list(Id), '$first_arguments'(Goal, Ids), sort(Ids, Sorted), cut(Goal, Sorted, Id).
cut(Goal, Ids) :- is_list(Ids), cut(Goal, Ids, _).
cut(Goal, [I | Is], Id) :-
    Goal =.. [Name | Args], Rule =.. [Name, I | Args],
    ( call(Rule), Id = I ; \+ call(Rule), cut(Goal, Is, Id) ).
on_fail(Goal, _) :- call(Goal).
on_fail(Goal, Other) :- \+ call(Goal), call(Other).
