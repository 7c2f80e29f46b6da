% Numbers of people are names that happen to have digits only: two rows, and 1 - 0.5 * 0.5 that one of them comes.
%! comes('12345678901234567890'): 0.5
%! comes('12345678901234567891'): 0.5
%! any: 0.75
%! code('00501', 41): 1
%! code('10115', 42): 1
%! phone('+4930123'): 1
%! phone('+4930124'): 1
:- load(person/4, "../loading/files/people.csv").
0.5::comes(X) :- person(X, _, _, _).
any :- comes(_).
code(Code, Age) :- person(_, Code, _, Age).
phone(X) :- person(_, _, X, _).
query(comes(_)). query(any). query(code(_, _)). query(phone(_)).
