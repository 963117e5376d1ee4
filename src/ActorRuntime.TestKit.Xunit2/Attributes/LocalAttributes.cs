using Xunit;

namespace ActorRuntime.TestKit.Xunit2.Attributes;

/// <summary>A test that can be left out where it does not belong, such as a shared build machine: by the environment variable <c>XUNIT_SKIP_LOCAL_FACT</c> = <c>true</c>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LocalFactAttribute : FactAttribute
{
    /// <summary>Name of the environment variable.</summary>
    public const string Variable = "XUNIT_SKIP_LOCAL_FACT";

    /// <summary>The reason that is shown where it is left out.</summary>
    public string? SkipLocal { get; set; }

    /// <inheritdoc/>
    public override string? Skip
    {
        get => base.Skip ?? Reason(Variable, SkipLocal);
        set => base.Skip = value;
    }

    internal static string? Reason(string variable, string? skipLocal) =>
        string.Equals(Environment.GetEnvironmentVariable(variable), "true", StringComparison.OrdinalIgnoreCase)
            ? skipLocal ?? $"Left out by the environment variable {variable}"
            : null;
}

/// <summary>As <see cref="LocalFactAttribute"/>, with cases; the environment variable is <c>XUNIT_SKIP_LOCAL_THEORY</c>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LocalTheoryAttribute : TheoryAttribute
{
    /// <summary>Name of the environment variable.</summary>
    public const string Variable = "XUNIT_SKIP_LOCAL_THEORY";

    /// <summary>The reason that is shown where it is left out.</summary>
    public string? SkipLocal { get; set; }

    /// <inheritdoc/>
    public override string? Skip
    {
        get => base.Skip ?? LocalFactAttribute.Reason(Variable, SkipLocal);
        set => base.Skip = value;
    }
}
