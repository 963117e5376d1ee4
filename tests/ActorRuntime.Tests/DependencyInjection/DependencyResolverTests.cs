using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.DependencyInjection;
using ActorRuntime.TestKit;
using ActorRuntime.Tests.Actor;
using Xunit;

namespace ActorRuntime.Tests.DependencyInjection;

[Trait("Requirement", "AR-1")]
public sealed class DependencyResolverTests : ActorTest
{
    private readonly Services _services;

    public DependencyResolverTests()
        : this(new Services())
    {
    }

    private DependencyResolverTests(Services services)
        : base(DependencyResolverSetup.Create(services)) => _services = services;

    [Fact]
    public void An_actor_gets_services_and_arguments_through_its_constructor_at_every_restart()
    {
        var greeter = new Greeter("hello");
        _services.Add(greeter);
        var actor = System.ActorOf(DependencyResolver.For(System).Props<Greeting>("world"));
        actor.Tell("fail");
        Assert.Equal(("hello world", 2), (Result(actor.Ask<string>("greet")), greeter.Used));
    }

    [Fact]
    public void A_service_that_is_missing_fails_the_creation()
    {
        var heard = new Recorder(System);
        heard.Watch(System.ActorOf(DependencyResolver.For(System).Props<Greeting>("world")));
        Run();
        Assert.IsType<Terminated>(Assert.Single(heard.Drain()));
    }

    [Fact]
    public void An_extension_of_the_host_is_theSystems()
    {
        Assert.False(System.HasExtension<Counter>());
        var counter = new Counter();
        _services.Add(counter);
        Assert.True(System.HasExtension<Counter>());
        Assert.Same(counter, System.WithExtension<Counter>());
    }

    [Fact]
    public void ASystem_without_services_says_what_it_needs()
    {
        var environment = new ManualEnvironment();
        var other = ActorSystem.Create("other", new EnvironmentSetup(environment));
        var refusal = Assert.Throws<InvalidOperationException>(() => DependencyResolver.For(other));
        Assert.Contains(nameof(DependencyResolverSetup), refusal.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => other.WithExtension<Counter>());
        var ended = other.Terminate();
        Assert.True(environment.RunUntil(() => ended.IsCompleted, TimeSpan.FromMinutes(1)));
    }

    private sealed class Services : IServiceProvider
    {
        private readonly Dictionary<Type, object> _services = [];

        public void Add(object service) => _services.Add(service.GetType(), service);

        public object? GetService(Type serviceType) => _services.GetValueOrDefault(serviceType);
    }

    private sealed class Counter : IExtension;

    private sealed class Greeter(string word)
    {
        public string Word => word;

        public int Used { get; set; }
    }

    private sealed class Greeting : ReceiveActor
    {
        public Greeting(Greeter greeter, string name)
        {
            greeter.Used++;
            ReceiveAny(message =>
            {
                if (message is "fail") throw new InvalidOperationException("broken");
                Sender.Tell($"{greeter.Word} {name}");
            });
        }
    }
}
