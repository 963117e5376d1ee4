namespace ActorRuntime.TestKit;

/// <summary>How a test kit fails a test: bind it to a test framework, so that its runner shows a failure as its own.</summary>
/// <remarks><c>format</c> is composed with <c>args</c> as by <see cref="string.Format(string, object?[])"/>; without arguments it is taken as it is.</remarks>
public interface ITestKitAssertions
{
    /// <summary>Fails the test.</summary>
    void Fail(string format = "", params object?[] args);

    /// <summary>Fails the test unless <paramref name="condition"/> holds.</summary>
    void AssertTrue(bool condition, string format = "", params object?[] args);

    /// <summary>Fails the test if <paramref name="condition"/> holds.</summary>
    void AssertFalse(bool condition, string format = "", params object?[] args);

    /// <summary>Fails the test unless both are equal.</summary>
    void AssertEqual<T>(T expected, T actual, string format = "", params object?[] args);

    /// <summary>Fails the test unless both are equal by <paramref name="comparer"/>.</summary>
    void AssertEqual<T>(T expected, T actual, Func<T, T, bool> comparer, string format = "", params object?[] args);
}

/// <summary>A test saw something else than it expected.</summary>
public sealed class ExpectationException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>Fails with <see cref="ExpectationException"/>, which every test framework takes for a failure.</summary>
public sealed class ThrowingAssertions : ITestKitAssertions
{
    /// <summary>The only instance.</summary>
    public static ThrowingAssertions Instance { get; } = new();

    /// <inheritdoc/>
    public void Fail(string format = "", params object?[] args) => throw new ExpectationException(Compose(format, args));

    /// <inheritdoc/>
    public void AssertTrue(bool condition, string format = "", params object?[] args)
    {
        if (!condition) Fail(format, args);
    }

    /// <inheritdoc/>
    public void AssertFalse(bool condition, string format = "", params object?[] args)
    {
        if (condition) Fail(format, args);
    }

    /// <inheritdoc/>
    public void AssertEqual<T>(T expected, T actual, string format = "", params object?[] args) =>
        AssertEqual(expected, actual, EqualityComparer<T>.Default.Equals, format, args);

    /// <inheritdoc/>
    public void AssertEqual<T>(T expected, T actual, Func<T, T, bool> comparer, string format = "", params object?[] args)
    {
        if (!comparer(expected, actual)) Fail("{0}", $"expected {expected}, got {actual}. {Compose(format, args)}".TrimEnd());
    }

    /// <summary>The text of a failure.</summary>
    internal static string Compose(string format, object?[] args) =>
        args.Length == 0 ? format : string.Format(System.Globalization.CultureInfo.InvariantCulture, format, args);
}
