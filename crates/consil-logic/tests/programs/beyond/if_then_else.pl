% b holds where a does not.
%! b: 0.7
%! c: 0.82
0.3::a. 0.4::d.
b :- (a -> fail ; true).
c :- (a -> d ; true).
query(b). query(c).
