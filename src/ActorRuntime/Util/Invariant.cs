using System.Runtime.CompilerServices;

namespace ActorRuntime.Util;

/// <summary>Checks that stay on in release builds.</summary>
public static class Invariant
{
    /// <summary>Stops the caller when <paramref name="condition"/> is false.</summary>
    /// <exception cref="InvariantException">The condition is false: this is our bug, never a peer's input.</exception>
    public static void Holds(bool condition, [CallerArgumentExpression(nameof(condition))] string text = "")
    {
        if (!condition) throw new InvariantException(text);
    }
}

/// <summary>Our own code broke one of its rules. Never caught: the node stops and restarts from its log.</summary>
/// <param name="condition">Source text of the condition that was false.</param>
public sealed class InvariantException(string condition) : Exception("Invariant broken: " + condition);
