p(X) :- X is foo + 1.
query(p(_)).
%! error: `foo` is not a number or an arithmetic function
