"""Derivatives of plain NumPy code: gradients, Jacobians, second derivatives, and the code that computes them."""

import numpy as np

import cutaway as ca


def rosenbrock(x):
    """Return a famous valley with its floor at (1, ..., 1), where it is 0."""
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def newton(f, x, steps=20):
    """Go down by Newton's method: solve ``H d = g`` at each point, with the Jacobian of the gradient as H."""
    gradient = ca.grad(f)
    hessian = ca.jacobian(gradient)
    for _ in range(steps):
        g = gradient(x)
        if np.abs(g).max() < 1e-10:
            break
        x = x - np.linalg.solve(hessian(x), g)
    return x


def orbit(state, steps=200, dt=0.01):
    """Return where a planet is after some steps of the leapfrog method: a loop, differentiated as it runs."""
    position, velocity = state["position"], state["velocity"]
    for _ in range(steps):
        velocity = velocity - dt / 2 * position / np.linalg.norm(position) ** 3
        position = position + dt * velocity
        velocity = velocity - dt / 2 * position / np.linalg.norm(position) ** 3
    return position


def careless(z, y):
    """Return a cross-entropy as it stands in a textbook; for large ``z`` it overflows and loses its digits."""
    p = 1 / (1 + np.exp(-z))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def main():
    x = np.array([-1.2, 1.0, 1.0])
    value, gradient = ca.value_and_grad(rosenbrock)(x)
    print(f"value {value:.4f}, gradient {gradient.round(4)}")
    along = np.array([1.0, 0.0, 0.0])
    print("Hessian times (1, 0, 0):", ca.hessian_vector_product(rosenbrock)(along, x).round(4))
    print("Newton's method ends at", newton(rosenbrock, x).round(8))

    start = {"position": np.array([1.0, 0.0]), "velocity": np.array([0.0, 1.0])}
    print("\nHow the planet's last position depends on its first velocity:")
    print(ca.jacobian(orbit)(start)["velocity"].round(4))

    z, y = np.array([-800.0, 3.0]), np.array([1.0, 0.0])
    with np.errstate(all="ignore"):
        graph = ca.trace(careless, z, y)
    print("\nAs it was written:\n")
    print(graph)
    print("\nMade shorter and safer:\n")
    print(ca.simplify(graph))
    with np.errstate(all="ignore"):
        print(f"\nfor z = -800 and 3: {careless(z, y)} as written, {ca.run(ca.simplify(graph), z, y)[0]} simplified")


if __name__ == "__main__":
    main()
