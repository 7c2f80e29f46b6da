% One head comes true, or none: there are 25 lists, not 2^24. P(none) = 1 - 24/32, and each head has 1/32.
%! length(0): 0.25
%! length(1): 0.75
%! list([7]): 0.03125
1/32::d(1); 1/32::d(2); 1/32::d(3); 1/32::d(4); 1/32::d(5); 1/32::d(6);
1/32::d(7); 1/32::d(8); 1/32::d(9); 1/32::d(10); 1/32::d(11); 1/32::d(12);
1/32::d(13); 1/32::d(14); 1/32::d(15); 1/32::d(16); 1/32::d(17); 1/32::d(18);
1/32::d(19); 1/32::d(20); 1/32::d(21); 1/32::d(22); 1/32::d(23); 1/32::d(24).
list(L) :- findall(X, d(X), L), L = [7 | _].
length(N) :- findall(X, d(X), L), length(L, N).
query(list(_)). query(length(_)).
