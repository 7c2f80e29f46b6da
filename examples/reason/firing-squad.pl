% Pearl's firing squad. The prisoner is dead; would he live had rifleman A not fired? A counterfactual, by twin worlds:
%   Engine::counterfactual(dead given dead, [(a, false)]) = 0.7 / 0.73
% expect dead 0.73

0.7::order.
0.1::nervous.
captain :- order.
fires(a) :- captain.
fires(a) :- nervous.
fires(b) :- captain.
dead :- fires(_).

query(dead).
