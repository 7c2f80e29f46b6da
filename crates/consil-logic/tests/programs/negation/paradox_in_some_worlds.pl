0.3::liar.
says :- liar, \+says.
query(says).
%! error: negation through a cycle: says → \+ says
