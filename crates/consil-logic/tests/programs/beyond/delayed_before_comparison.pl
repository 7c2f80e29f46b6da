% What looks at a variable waits for the goal that gives it its value: of 2, 3 and 4, `\==` refuses 3 and var/1 all.
0.5::q(1). 0.5::q(2). 0.5::q(3).
p(X) :- X is Y + 1, q(Y), X \== 3.
p(X) :- X is Y + 1, X \== 3, q(Y).
unset(X) :- X is Y + 1, q(Y), var(X).
query(p(_)).
query(unset(_)).
%! p(2): 0.5
%! p(4): 0.5
