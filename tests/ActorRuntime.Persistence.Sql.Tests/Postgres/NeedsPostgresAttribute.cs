using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

[assembly: TestFramework("ActorRuntime.Persistence.Sql.Tests.Postgres.PostgresTestFramework", "ActorRuntime.Persistence.Sql.Tests")]

namespace ActorRuntime.Persistence.Sql.Tests.Postgres;

/// <summary>A class of tests that need a PostgreSQL server: skipped, with the reason, on machines that have none, unless the environment says
/// <c>ACTOR_RUNTIME_TESTS_POSTGRES=required</c>, which <c>.ci/run</c> sets: then they fail.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class NeedsPostgresAttribute : Attribute
{
    public static string? SkipReason { get; } = Environment.GetEnvironmentVariable("ACTOR_RUNTIME_TESTS_POSTGRES") == "required" ? null : ThrowawayServer.WhyMissing;
}

/// <summary>xunit's own, but that tests of classes with <see cref="NeedsPostgresAttribute"/> can be skipped: most stand in a base class and
/// run against other stores as well.</summary>
public sealed class PostgresTestFramework(IMessageSink messages) : XunitTestFramework(messages)
{
    /// <inheritdoc/>
    protected override ITestFrameworkDiscoverer CreateDiscoverer(IAssemblyInfo assemblyInfo) =>
        new Discoverer(assemblyInfo, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class Discoverer(IAssemblyInfo assembly, ISourceInformationProvider sources, IMessageSink messages)
        : XunitTestFrameworkDiscoverer(assembly, sources, messages)
    {
        protected override bool FindTestsForMethod(
            ITestMethod testMethod, bool includeSourceInformation, IMessageBus messageBus, ITestFrameworkDiscoveryOptions discoveryOptions)
        {
            var isTest = testMethod.Method.GetCustomAttributes(typeof(FactAttribute)).Any();
            var isSkipped = isTest && NeedsPostgresAttribute.SkipReason is not null &&
                testMethod.TestClass.Class.GetCustomAttributes(typeof(NeedsPostgresAttribute)).Any();
            return isSkipped
                ? ReportDiscoveredTestCase(new SkippedTestCase(DiagnosticMessageSink, testMethod), includeSourceInformation, messageBus)
                : base.FindTestsForMethod(testMethod, includeSourceInformation, messageBus, discoveryOptions);
        }
    }
}

/// <summary>One for each method, theories included.</summary>
public sealed class SkippedTestCase : XunitTestCase
{
    /// <summary>For xunit, which stores test cases between finding and running them.</summary>
    [Obsolete("Called by xunit.")]
    public SkippedTestCase()
    {
    }

    internal SkippedTestCase(IMessageSink messages, ITestMethod method)
        : base(messages, Xunit.Sdk.TestMethodDisplay.ClassAndMethod, Xunit.Sdk.TestMethodDisplayOptions.None, method)
    {
    }

    /// <inheritdoc/>
    protected override string? GetSkipReason(IAttributeInfo factAttribute) => NeedsPostgresAttribute.SkipReason;
}
