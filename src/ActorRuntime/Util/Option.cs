namespace ActorRuntime.Util;

/// <summary>A value or none.</summary>
/// <param name="value">The value; may be null.</param>
public readonly struct Option<T>(T value) : IEquatable<Option<T>>
{
    /// <summary>No value.</summary>
    public static readonly Option<T> None;

    /// <summary>True when there is a value.</summary>
    public bool HasValue { get; } = true;

    /// <summary>The value, or the default of <typeparamref name="T"/> when there is none.</summary>
    public T Value { get; } = value;

    /// <summary>The value, or <paramref name="fallback"/> when there is none.</summary>
    public T GetOrElse(T fallback) => HasValue ? Value : fallback;

    /// <inheritdoc/>
    public bool Equals(Option<T> other) => HasValue == other.HasValue && EqualityComparer<T>.Default.Equals(Value, other.Value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Option<T> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HasValue ? EqualityComparer<T>.Default.GetHashCode(Value!) : 0;

    /// <summary>Compares presence and value.</summary>
    public static bool operator ==(Option<T> left, Option<T> right) => left.Equals(right);

    /// <inheritdoc cref="op_Equality"/>
    public static bool operator !=(Option<T> left, Option<T> right) => !left.Equals(right);
}
