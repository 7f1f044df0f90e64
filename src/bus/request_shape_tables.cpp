#include "request_shape.hpp"

// The request members of every operation, with the service's own constraints. How the tables are
// read is told in request_shape.hpp. Left out on purpose: PutRule's length of EventPattern, which
// is a setting here and has its own message, and the patterns of ARNs of services that we cannot
// call. `Delivery`, `Batch` and `Ordering` of a target are
// extensions of ours.
namespace eventbus::bus {

const std::string_view kOperationTable = R"(
ActivateEventSource
    *Name str 1..256 EventSourceName
CancelReplay
    *ReplayName str 1..64 Name
CreateApiDestination
    *Name str 1..64 Name, Description str ..512, *ConnectionArn str 1..1600 ConnectionArn,
    *InvocationEndpoint str 1..2048 HttpsEndpoint,
    *HttpMethod enum POST|GET|HEAD|OPTIONS|PUT|PATCH|DELETE, InvocationRateLimitPerSecond int 1..
CreateArchive
    *ArchiveName str 1..48 Name, *EventSourceArn str 1..1600 EventsArn, Description str ..512,
    EventPattern str ..4096, RetentionDays int 0.., KmsKeyIdentifier str ..2048 KmsKeyIdentifier
CreateConnection
    *Name str 1..64 Name, Description str ..512,
    *AuthorizationType enum BASIC|OAUTH_CLIENT_CREDENTIALS|API_KEY,
    *AuthParameters CreateConnectionAuth,
    InvocationConnectivityParameters ConnectivityResourceParameters,
    KmsKeyIdentifier str ..2048 KmsKeyIdentifier
CreateEndpoint
    *Name str 1..64 Name, Description str ..512, *RoutingConfig RoutingConfig,
    ReplicationConfig ReplicationConfig, *EventBuses list 2..2 of EndpointEventBus,
    RoleArn str 1..256 IamRoleArn
CreateEventBus
    *Name str 1..256 EventBusName, EventSourceName str 1..256 EventSourceName,
    Description str ..512, KmsKeyIdentifier str ..2048 KmsKeyIdentifier,
    DeadLetterConfig DeadLetterConfig, LogConfig LogConfig, Tags list of Tag
CreatePartnerEventSource
    *Name str 1..256 EventSourceName, *Account str 12..12 AccountId
DeactivateEventSource
    *Name str 1..256 EventSourceName
DeauthorizeConnection
    *Name str 1..64 Name
DeleteApiDestination
    *Name str 1..64 Name
DeleteArchive
    *ArchiveName str 1..48 Name
DeleteConnection
    *Name str 1..64 Name
DeleteEndpoint
    *Name str 1..64 Name
DeleteEventBus
    *Name str 1..256 EventBusName
DeletePartnerEventSource
    *Name str 1..256 EventSourceName, *Account str 12..12 AccountId
DeleteRule
    *Name str 1..64 Name, EventBusName str 1..1600 EventBusNameOrArn, Force bool
DescribeApiDestination
    *Name str 1..64 Name
DescribeArchive
    *ArchiveName str 1..48 Name
DescribeConnection
    *Name str 1..64 Name
DescribeEndpoint
    *Name str 1..64 Name, HomeRegion str 9..20 RegionName
DescribeEventBus
    Name str 1..1600 EventBusNameOrArn
DescribeEventSource
    *Name str 1..256 EventSourceName
DescribePartnerEventSource
    *Name str 1..256 EventSourceName
DescribeReplay
    *ReplayName str 1..64 Name
DescribeRule
    *Name str 1..64 Name, EventBusName str 1..1600 EventBusNameOrArn
DisableRule
    *Name str 1..64 Name, EventBusName str 1..1600 EventBusNameOrArn
EnableRule
    *Name str 1..64 Name, EventBusName str 1..1600 EventBusNameOrArn
ListApiDestinations
    NamePrefix str 1..64 Name, ConnectionArn str 1..1600 ConnectionArn, NextToken str 1..2048,
    Limit int 1..100
ListArchives
    NamePrefix str 1..48 Name, EventSourceArn str 1..1600 EventsArn,
    State enum ENABLED|DISABLED|CREATING|UPDATING|CREATE_FAILED|UPDATE_FAILED,
    NextToken str 1..2048, Limit int 1..100
ListConnections
    NamePrefix str 1..64 Name,
    ConnectionState enum CREATING|UPDATING|DELETING|AUTHORIZED|DEAUTHORIZED|AUTHORIZING|
        DEAUTHORIZING|ACTIVE|FAILED_CONNECTIVITY,
    NextToken str 1..2048, Limit int 1..100
ListEndpoints
    NamePrefix str 1..64 Name, HomeRegion str 9..20 RegionName, NextToken str 1..2048,
    MaxResults int 1..100
ListEventBuses
    NamePrefix str 1..256 EventBusName, NextToken str 1..2048, Limit int 1..100
ListEventSources
    NamePrefix str 1..256 EventBusName, NextToken str 1..2048, Limit int 1..100
ListPartnerEventSourceAccounts
    *EventSourceName str 1..256 EventSourceName, NextToken str 1..2048, Limit int 1..100
ListPartnerEventSources
    *NamePrefix str 1..256 PartnerEventSourceNamePrefix, NextToken str 1..2048, Limit int 1..100
ListReplays
    NamePrefix str 1..64 Name, State enum STARTING|RUNNING|CANCELLING|COMPLETED|CANCELLED|FAILED,
    EventSourceArn str 1..1600 EventsArn, NextToken str 1..2048, Limit int 1..100
ListRuleNamesByTarget
    *TargetArn str 1..1600, EventBusName str 1..1600 EventBusNameOrArn, NextToken str 1..2048,
    Limit int 1..100
ListRules
    NamePrefix str 1..64 Name, EventBusName str 1..1600 EventBusNameOrArn, NextToken str 1..2048,
    Limit int 1..100
ListTagsForResource
    *ResourceARN str 1..1600
ListTargetsByRule
    *Rule str 1..64 Name, EventBusName str 1..1600 EventBusNameOrArn, NextToken str 1..2048,
    Limit int 1..100
PutEvents
    *Entries list 1..10 of PutEventsEntry, EndpointId str 1..50 EndpointId
PutPartnerEvents
    *Entries list 1..20 of PutPartnerEventsEntry
PutPermission
    EventBusName str 1..256 Name, Action str 1..64 Action, Principal str 1..12 Principal,
    StatementId str 1..64 StatementId, Condition Condition, Policy str
PutRule
    *Name str 1..64 Name, ScheduleExpression str ..256, EventPattern str,
    State enum ENABLED|DISABLED|ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS,
    Description str ..512, RoleArn str 1..1600, Tags list of Tag,
    EventBusName str 1..1600 EventBusNameOrArn
PutTargets
    *Rule str 1..64 Name, EventBusName str 1..1600 EventBusNameOrArn,
    *Targets list 1..100 of Target
RemovePermission
    StatementId str 1..64 StatementId, RemoveAllPermissions bool, EventBusName str 1..256 Name
RemoveTargets
    *Rule str 1..64 Name, EventBusName str 1..1600 EventBusNameOrArn,
    *Ids list 1..100 of str 1..64 Name, Force bool
StartReplay
    *ReplayName str 1..64 Name, Description str ..512, *EventSourceArn str 1..1600 EventsArn,
    *EventStartTime time, *EventEndTime time, *Destination ReplayDestination
TagResource
    *ResourceARN str 1..1600, *Tags list of Tag
TestEventPattern
    *EventPattern str ..4096, *Event str
UntagResource
    *ResourceARN str 1..1600, *TagKeys list of str 1..128
UpdateApiDestination
    *Name str 1..64 Name, Description str ..512, ConnectionArn str 1..1600 ConnectionArn,
    InvocationEndpoint str 1..2048 HttpsEndpoint,
    HttpMethod enum POST|GET|HEAD|OPTIONS|PUT|PATCH|DELETE, InvocationRateLimitPerSecond int 1..
UpdateArchive
    *ArchiveName str 1..48 Name, Description str ..512, EventPattern str ..4096,
    RetentionDays int 0.., KmsKeyIdentifier str ..2048 KmsKeyIdentifier
UpdateConnection
    *Name str 1..64 Name, Description str ..512,
    AuthorizationType enum BASIC|OAUTH_CLIENT_CREDENTIALS|API_KEY,
    AuthParameters UpdateConnectionAuth,
    InvocationConnectivityParameters ConnectivityResourceParameters,
    KmsKeyIdentifier str ..2048 KmsKeyIdentifier
UpdateEndpoint
    *Name str 1..64 Name, Description str ..512, RoutingConfig RoutingConfig,
    ReplicationConfig ReplicationConfig, EventBuses list 2..2 of EndpointEventBus,
    RoleArn str 1..256 IamRoleArn
UpdateEventBus
    Name str 1..256 EventBusName, KmsKeyIdentifier str ..2048 KmsKeyIdentifier,
    Description str ..512, DeadLetterConfig DeadLetterConfig, LogConfig LogConfig
)";

const std::string_view kStructureTable = R"(
Condition
    *Type str, *Key str, *Value str
ConnectivityResourceParameters
    *ResourceParameters ConnectivityResourceConfigurationArn
ConnectivityResourceConfigurationArn
    *ResourceConfigurationArn str 0..2048
CreateConnectionAuth
    BasicAuthParameters CreateConnectionBasicAuth, OAuthParameters CreateConnectionOAuth,
    ApiKeyAuthParameters CreateConnectionApiKeyAuth,
    InvocationHttpParameters ConnectionHttpParameters,
    ConnectivityParameters ConnectivityResourceParameters
ConnectionHttpParameters
    HeaderParameters list 0..100 of ConnectionHeaderParameter,
    QueryStringParameters list 0..100 of ConnectionQueryStringParameter,
    BodyParameters list 0..100 of ConnectionBodyParameter
ConnectionBodyParameter
    Key str, Value str secret, IsValueSecret bool
ConnectionHeaderParameter
    Key str ..512 HeaderKey, Value str ..512 HeaderValue secret, IsValueSecret bool
ConnectionQueryStringParameter
    Key str ..512 QueryStringKey, Value str ..512 QueryStringValue secret, IsValueSecret bool
CreateConnectionApiKeyAuth
    *ApiKeyName str 1..512 AuthHeaderValue, *ApiKeyValue str 1..512 AuthHeaderValue secret
CreateConnectionBasicAuth
    *Username str 1..512 AuthHeaderValue, *Password str 1..512 AuthHeaderValue secret
CreateConnectionOAuth
    *ClientParameters CreateConnectionOAuthClient,
    *AuthorizationEndpoint str 1..2048 HttpsEndpoint, *HttpMethod enum GET|POST|PUT,
    OAuthHttpParameters ConnectionHttpParameters
CreateConnectionOAuthClient
    *ClientID str 1..512 AuthHeaderValue, *ClientSecret str 1..512 AuthHeaderValue secret
DeadLetterConfig
    Arn str 1..1600
EndpointEventBus
    *EventBusArn str 1..512 NonPartnerEventBusArn
LogConfig
    IncludeDetail enum NONE|FULL, Level enum OFF|ERROR|INFO|TRACE
PutEventsEntry
    Time time, Source str, Resources list of str ..2048, DetailType str, Detail str,
    EventBusName str 1..1600 NonPartnerEventBusNameOrArn, TraceHeader str 1..500
PutPartnerEventsEntry
    Time time, Source str 1..256 EventSourceName, Resources list of str ..2048, DetailType str,
    Detail str
ReplayDestination
    *Arn str 1..1600, FilterArns list of str 1..1600
ReplicationConfig
    State enum ENABLED|DISABLED
RoutingConfig
    *FailoverConfig FailoverConfig
FailoverConfig
    *Primary Primary, *Secondary Secondary
Primary
    *HealthCheck str 1..1600
Secondary
    *Route str 9..20 RegionName
Tag
    *Key str 1..128, *Value str 0..256
Target
    *Id str 1..64 Name, *Arn str 1..1600, RoleArn str 1..1600, Input str ..8192,
    InputPath str ..256, InputTransformer InputTransformer, KinesisParameters KinesisParameters,
    RunCommandParameters RunCommandParameters, EcsParameters EcsParameters,
    BatchParameters BatchParameters, SqsParameters SqsParameters, HttpParameters HttpParameters,
    RedshiftDataParameters RedshiftDataParameters,
    SageMakerPipelineParameters SageMakerPipelineParameters, DeadLetterConfig DeadLetterConfig,
    RetryPolicy RetryPolicy, AppSyncParameters AppSyncParameters, Delivery Delivery,
    Batch Batch, Ordering Ordering, Signing Signing,
    CloudEvents enum structured|binary, TlsProfile str 1..64
Signing
    Secret str 1..64, Secrets list 1..10 of str 1..200 secret, OverlapSeconds int 0..2592000
AppSyncParameters
    GraphQLOperation str 1..1048576 secret
Batch
    MaxCount int 1..100, MaxWindowSeconds int 0..900, MaxBytes int 1..1048576
Delivery
    TimeoutSeconds int 1..30, Concurrency int 1..512, RatePerSecond int 1..100000,
    BackoffBaseSeconds int 1..3600, BackoffCapSeconds int 1..3600
BatchParameters
    *JobDefinition str, *JobName str, ArrayProperties BatchArrayProperties,
    RetryStrategy BatchRetryStrategy
BatchArrayProperties
    Size int
BatchRetryStrategy
    Attempts int
EcsParameters
    *TaskDefinitionArn str 1..1600, TaskCount int 1.., LaunchType enum EC2|FARGATE|EXTERNAL,
    NetworkConfiguration NetworkConfiguration, PlatformVersion str, Group str,
    CapacityProviderStrategy list ..6 of CapacityProviderStrategyItem, EnableECSManagedTags bool,
    EnableExecuteCommand bool, PlacementConstraints list ..10 of PlacementConstraint,
    PlacementStrategy list ..5 of PlacementStrategy, PropagateTags enum TASK_DEFINITION,
    ReferenceId str ..1024, Tags list of Tag
CapacityProviderStrategyItem
    *capacityProvider str 1..255, weight int 0..1000, base int 0..100000
HttpParameters
    PathParameterValues list of str PathParameter,
    HeaderParameters map of str ..512 HeaderKey to str ..512 HeaderValue,
    QueryStringParameters map of str ..512 QueryStringKey to str ..512 QueryStringValue
InputTransformer
    InputPathsMap map ..100 of str 1..256 PathKey to str ..256, *InputTemplate str 1..8192
KinesisParameters
    *PartitionKeyPath str ..256
NetworkConfiguration
    awsvpcConfiguration AwsVpcConfiguration
AwsVpcConfiguration
    *Subnets list of str, SecurityGroups list of str, AssignPublicIp enum ENABLED|DISABLED
PlacementConstraint
    type enum distinctInstance|memberOf, expression str ..2000
PlacementStrategy
    type enum random|spread|binpack, field str ..255
RedshiftDataParameters
    SecretManagerArn str 1..1600, *Database str 1..64, DbUser str 1..128,
    Sql str 1..100000 secret, StatementName str 1..500, WithEvent bool,
    Sqls list 0..40 of str 1..100000 secret
Ordering
    *Key str 1..256
RetryPolicy
    MaximumRetryAttempts int 0..185, MaximumEventAgeInSeconds int 60..86400
RunCommandParameters
    *RunCommandTargets list 1..5 of RunCommandTarget
RunCommandTarget
    *Key str 1..128 RunCommandTargetKey, *Values list 1..50 of str 1..256
SageMakerPipelineParameters
    PipelineParameterList list 0..200 of SageMakerPipelineParameter
SageMakerPipelineParameter
    *Name str 1..256 PipelineParameterName, *Value str ..1024
SqsParameters
    MessageGroupId str ..100
UpdateConnectionAuth
    BasicAuthParameters UpdateConnectionBasicAuth, OAuthParameters UpdateConnectionOAuth,
    ApiKeyAuthParameters UpdateConnectionApiKeyAuth,
    InvocationHttpParameters ConnectionHttpParameters,
    ConnectivityParameters ConnectivityResourceParameters
UpdateConnectionApiKeyAuth
    ApiKeyName str 1..512 AuthHeaderValue, ApiKeyValue str 1..512 AuthHeaderValue secret
UpdateConnectionBasicAuth
    Username str 1..512 AuthHeaderValue, Password str 1..512 AuthHeaderValue secret
UpdateConnectionOAuth
    ClientParameters UpdateConnectionOAuthClient, AuthorizationEndpoint str 1..2048 HttpsEndpoint,
    HttpMethod enum GET|POST|PUT, OAuthHttpParameters ConnectionHttpParameters
UpdateConnectionOAuthClient
    ClientID str 1..512 AuthHeaderValue, ClientSecret str 1..512 AuthHeaderValue secret
)";

}  // namespace eventbus::bus
