using System.Numerics;

namespace ActorRuntime.Simulation.Linearizability;

/// <summary>An immutable set of small numbers; one word while they stay below 64.</summary>
internal readonly struct CallSet : IEquatable<CallSet>
{
    private const int WordBits = 64;

    private readonly ulong _low;
    private readonly ulong[]? _more; // Without zeros at the end, null when empty: equal sets look the same.

    private CallSet(ulong low, ulong[]? more) => (_low, _more) = (low, more);

    public int Count
    {
        get
        {
            var count = BitOperations.PopCount(_low);
            foreach (var word in _more ?? []) count += BitOperations.PopCount(word);
            return count;
        }
    }

    public bool Contains(int number) => (Word(number / WordBits) & Bit(number)) != 0;

    public CallSet With(int number) => Replace(number / WordBits, Word(number / WordBits) | Bit(number));

    public CallSet Without(int number) => Replace(number / WordBits, Word(number / WordBits) & ~Bit(number));

    public bool IsSubsetOf(CallSet other)
    {
        if ((_low & ~other._low) != 0) return false;
        for (var i = 0; i < (_more?.Length ?? 0); i++)
        {
            if ((_more![i] & ~other.Word(i + 1)) != 0) return false;
        }
        return true;
    }

    public bool Equals(CallSet other) => _low == other._low && _more.AsSpan().SequenceEqual(other._more);

    public override bool Equals(object? obj) => obj is CallSet other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(_low);
        foreach (var word in _more ?? []) hash.Add(word);
        return hash.ToHashCode();
    }

    private static ulong Bit(int number) => 1UL << (number % WordBits);

    private ulong Word(int index) => index == 0 ? _low : index <= (_more?.Length ?? 0) ? _more![index - 1] : 0;

    private CallSet Replace(int index, ulong word)
    {
        if (index == 0) return new CallSet(word, _more);

        var more = new ulong[Math.Max(index, _more?.Length ?? 0)];
        _more?.CopyTo(more, 0);
        more[index - 1] = word;
        var length = more.Length;
        while (length > 0 && more[length - 1] == 0) length--;
        return new CallSet(_low, length == 0 ? null : more[..length]);
    }
}
