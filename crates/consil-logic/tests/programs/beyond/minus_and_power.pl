% A minus in front of digits is part of the number, as in ISO 13211-1 (6.3.4.1) and SWI-Prolog; a minus of its own is applied last.
% ProbLog: -4 for the first, and 4 for `-2 ^ 2`.
%! p(1, 4): 1
%! p(2, 4): 1
%! p(3, -4): 1
%! p(4, -4): 1
%! p(5, -2): 1
p(1, X) :- X is -2 ** 2.
p(2, X) :- X is -2 ^ 2.
p(3, X) :- X is - 2 ** 2.
p(4, X) :- Y = 2, X is -Y ** 2.
p(5, X) :- X is 2 - 2 ** 2.
query(p(_, _)).
