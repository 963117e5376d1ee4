using System.Globalization;
using ActorRuntime.Actor;

namespace ActorRuntime.TestKit;

/// <summary>What all test kits of one system share.</summary>
internal sealed class TestKitExtension(ExtendedActorSystem system) : IExtension
{
    private int _names;

    public TestKitSettings Settings { get; } = TestKitSettings.FromConfig(system.Settings.Config).Validated();

    public static TestKitExtension For(ActorSystem system) => (TestKitExtension)system.RegisterExtension(new Id());

    /// <summary>A name no test kit of this system has given yet.</summary>
    public string NextName(string prefix) => prefix + "-" + Interlocked.Increment(ref _names).ToString(CultureInfo.InvariantCulture);

    private sealed class Id : IExtensionId
    {
        public Type ExtensionType => typeof(TestKitExtension);

        public object CreateExtension(ExtendedActorSystem system) => new TestKitExtension(system);
    }
}
