% A maze of 4 × 4 cells, numbered row by row from 0 to 15. Each row of the data has a maze of its own, as facts: wall(A, B) between two cells, and
% door(A, B, I), whose picture is door(I). Where there is neither, one can pass.
:- dynamic wall/2, door/3.

nn(look, [Door], State, [open, closed]) :: state(Door, State).

border(A, B) :- between(0, 15, A), A mod 4 < 3, B is A + 1.
border(A, B) :- between(0, 11, A), B is A + 4.

closable(A, B) :- door(A, B, _).

passage(A, B) :- border(A, B), \+ wall(A, B), \+ closable(A, B).
passage(A, B) :- door(A, B, I), state(door(I), open).

linked(A, B) :- passage(A, B).
linked(A, B) :- passage(B, A).

reach(A, A).
reach(A, B) :- linked(A, C), reach(C, B).

escape :- reach(0, 15).
