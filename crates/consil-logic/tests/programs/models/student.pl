% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! clever(ann): 0.4
%! clever(bob): 0.895348837209302
%! grade(ann,algebra,a): 0.416279069767442
%! grade(ann,algebra,b): 0.583720930232558
%! hard(algebra): 0.441860465116279
0.6::hard(algebra). 0.4::clever(ann). 0.7::clever(bob).
0.9::grade(S, C, a); 0.1::grade(S, C, b) :- takes(S, C), clever(S), \+hard(C).
0.5::grade(S, C, a); 0.5::grade(S, C, b) :- takes(S, C), clever(S), hard(C).
0.3::grade(S, C, a); 0.7::grade(S, C, b) :- takes(S, C), \+clever(S), \+hard(C).
0.1::grade(S, C, a); 0.9::grade(S, C, b) :- takes(S, C), \+clever(S), hard(C).
takes(ann, algebra). takes(bob, algebra).
evidence(grade(bob, algebra, a)).
query(clever(ann)). query(clever(bob)). query(hard(algebra)). query(grade(ann, algebra, _)).
