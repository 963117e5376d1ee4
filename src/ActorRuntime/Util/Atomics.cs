namespace ActorRuntime.Util;

/// <summary>A boolean that several threads may change.</summary>
/// <param name="initialValue">Its first value.</param>
public sealed class AtomicBoolean(bool initialValue = false)
{
    private int _value = initialValue ? 1 : 0;

    /// <summary>The value of this moment.</summary>
    public bool Value
    {
        get => Volatile.Read(ref _value) != 0;
        set => Volatile.Write(ref _value, value ? 1 : 0);
    }

    /// <summary>Sets <paramref name="newValue"/> if the value is <paramref name="expected"/>.</summary>
    /// <returns>Whether it was.</returns>
    public bool CompareAndSet(bool expected, bool newValue) => Interlocked.CompareExchange(ref _value, newValue ? 1 : 0, expected ? 1 : 0) == (expected ? 1 : 0);

    /// <summary>Sets the value and answers the one before.</summary>
    public bool GetAndSet(bool newValue) => Interlocked.Exchange(ref _value, newValue ? 1 : 0) != 0;
}

/// <summary>A reference that several threads may change.</summary>
/// <param name="originalValue">Its first value.</param>
public sealed class AtomicReference<T>(T? originalValue = null)
    where T : class
{
    private T? _value = originalValue;

    /// <summary>The value of this moment.</summary>
    public T? Value
    {
        get => Volatile.Read(ref _value);
        set => Volatile.Write(ref _value, value);
    }

    /// <summary>Sets <paramref name="newValue"/> if the value is the very object <paramref name="expected"/>.</summary>
    /// <returns>Whether it was.</returns>
    public bool CompareAndSet(T? expected, T? newValue) => ReferenceEquals(Interlocked.CompareExchange(ref _value, newValue, expected), expected);

    /// <summary>Sets the value and answers the one before.</summary>
    public T? GetAndSet(T? newValue) => Interlocked.Exchange(ref _value, newValue);
}
