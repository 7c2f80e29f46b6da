% A type that the program gives is kept, and what does not fit it is an error with its row.
%! error: people.csv:2:1: error: `12345678901234567890` is not an integer of 64 bits
:- load(person(integer, atom, string, float), "../loading/files/people.csv").
query(person(_, _, _, _)).
