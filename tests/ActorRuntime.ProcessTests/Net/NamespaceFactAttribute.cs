using Xunit;

namespace ActorRuntime.ProcessTests.Net;

/// <summary>A test that needs network namespaces, which only root may make. Elsewhere it is skipped, and counted as skipped, unless
/// <c>ACTOR_RUNTIME_NAMESPACES=required</c>, which <c>tests/run</c> sets: then it fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NamespaceFactAttribute : FactAttribute
{
    public NamespaceFactAttribute()
    {
        if (NamespaceTests.SkipReason is { } reason) Skip = reason;
    }
}

/// <summary>The same for a test with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NamespaceTheoryAttribute : TheoryAttribute
{
    public NamespaceTheoryAttribute()
    {
        if (NamespaceTests.SkipReason is { } reason) Skip = reason;
    }
}

/// <summary>Whether the tests with network namespaces run.</summary>
internal static class NamespaceTests
{
    public static string? SkipReason { get; } = Environment.GetEnvironmentVariable("ACTOR_RUNTIME_NAMESPACES") == "required" || Environment.IsPrivilegedProcess
        ? null
        : "SKIPPED, NOT PASSED: network namespaces can only be made by root";
}
