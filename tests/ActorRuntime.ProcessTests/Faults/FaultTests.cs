using ActorRuntime.ProcessTests.Net;
using Xunit;

namespace ActorRuntime.ProcessTests.Faults;

/// <summary>Every scenario, on node processes: nothing lost, doubled or reordered, and whatever else the scenario says. Classes run beside each
/// other: most of their time is waiting.</summary>
public sealed class NetworkCutTests
{
    public static TheoryData<string> Names => FaultTests.Names(NetworkCuts.All);

    [NamespaceTheory, MemberData(nameof(Names)), Trait("Requirement", "CL-6"), Trait("Requirement", "CL-9"), Trait("Requirement", "AR-5")]
    public Task Flows_survive(string scenario) => FaultTests.RunAsync(scenario);
}

public sealed class PoorNetworkTests
{
    public static TheoryData<string> Names => FaultTests.Names(PoorNetworks.All);

    [NamespaceTheory, MemberData(nameof(Names)), Trait("Requirement", "CL-2"), Trait("Requirement", "CL-3"), Trait("Requirement", "CL-4")]
    public Task Flows_survive(string scenario) => FaultTests.RunAsync(scenario);
}

public sealed class ProcessFaultTests
{
    public static TheoryData<string> Names => FaultTests.Names(ProcessFaults.All);

    [NamespaceTheory, MemberData(nameof(Names)), Trait("Requirement", "CL-10"), Trait("Requirement", "SR-5"), Trait("Requirement", "AR-5")]
    public Task Flows_survive(string scenario) => FaultTests.RunAsync(scenario);
}

public sealed class ReplicatedFaultTests
{
    public static TheoryData<string> Names => FaultTests.Names(ReplicatedFaults.All);

    [NamespaceTheory, MemberData(nameof(Names)), Trait("Requirement", "CL-10"), Trait("Requirement", "SR-5"), Trait("Requirement", "AR-5")]
    public Task Flows_survive(string scenario) => FaultTests.RunAsync(scenario);
}

public sealed class StoreFaultTests
{
    public static TheoryData<string> Names => FaultTests.Names(StoreFaults.All);

    [NamespaceTheory, MemberData(nameof(Names)), Trait("Requirement", "SR-5"), Trait("Requirement", "AR-5")]
    public Task Flows_survive(string scenario) => FaultTests.RunAsync(scenario);
}

[Collection(OneAtATime.Name)]
public sealed class BusyCoresTests
{
    public static TheoryData<string> Names => FaultTests.Names(BusyCores.All);

    [NamespaceTheory, MemberData(nameof(Names)), Trait("Requirement", "CL-2")]
    public Task Flows_survive(string scenario) => FaultTests.RunAsync(scenario);
}

internal static class FaultTests
{
    public static TheoryData<string> Names(IEnumerable<Scenario> scenarios) => new(scenarios.Select(scenario => scenario.Name));

    public static Task RunAsync(string name)
    {
        var scenario = Scenario.Find(name);
        return scenario.RunAsync(seed: 1, scenario.Lasts, CancellationToken.None);
    }
}
